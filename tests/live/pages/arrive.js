/* Between two visitors of the demo: what the script keeps in this browser goes, and with it who the visitor was. */
'use strict';

const PAUSE = 400; // ms; the page that was left writes when it was left, perhaps only now

const forget = (storage) => {
  for (const key of Object.keys(storage)) if (key.startsWith('leaseline:')) storage.removeItem(key);
};

setTimeout(() => {
  try {
    forget(localStorage);
    forget(sessionStorage);
  } catch {
    // Storage is denied: then nothing was kept, and every view is a new visitor's anyway.
  }
  location.replace(document.getElementById('to').href);
}, PAUSE);
