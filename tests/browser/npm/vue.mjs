// In the browser.
import { makeApp } from './vue-app.mjs';

self.errors = [];
self.hydrate = () => {
  const app = makeApp();
  app.config.errorHandler = (error) => self.errors.push(String(error));
  app.mount('#root');
};
