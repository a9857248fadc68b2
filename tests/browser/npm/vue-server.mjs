import { renderToString } from 'vue/server-renderer';
import { makeApp } from './vue-app.mjs';

renderToString(makeApp()).then((html) => process.stdout.write(html));
