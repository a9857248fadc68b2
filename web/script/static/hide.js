/*
 * Optional, inline in <head>, with the style `.leaseline-hide [data-leaseline] { visibility: hidden }`: on a first view,
 * elements that are marked with data-leaseline stay empty until the script has swapped, has failed, or HIDE_MS are over.
 * `leaseline site tag --hide MS` prints both. Without JavaScript nothing is ever hidden.
 */
((names) => {
  const show = () => names.remove('leaseline-hide');
  names.add('leaseline-hide');
  setTimeout(show, HIDE_MS);
  ['swap', 'static', 'error'].map((name) => document.addEventListener('leaseline:' + name, show));
})(document.documentElement.classList);
