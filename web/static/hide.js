/*
 * Optional, inline in <head>, with the style `.leaseline-hide [data-leaseline] { visibility: hidden }`: on a first view,
 * elements that are marked with data-leaseline stay empty until the script has swapped, has failed, or HIDE_MS are over.
 * `leaseline site tag --hide MS` prints both. Without JavaScript nothing is ever hidden.
 */
((names) => {
  names.add('leaseline-hide');
  setTimeout(() => names.remove('leaseline-hide'), HIDE_MS);
})(document.documentElement.classList);
