import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { App } from './react-app.mjs';

process.stdout.write(renderToString(createElement(App)));
