// In the browser. `errors` are those that React recovers from by throwing the server's nodes away.
import { createElement } from 'react';
import { hydrateRoot } from 'react-dom/client';
import { App } from './react-app.mjs';

self.errors = [];
self.hydrate = () => hydrateRoot(document.getElementById('root'), createElement(App), {
  onRecoverableError: (error) => self.errors.push(error.message),
});
