// Stands between require.js and the widgets' own script. It says where the fonts of the widgets' icons lie, and answers
// for MathJax 2, which that script asks to set labels anew; labels hold no formulas, and MathJax 3 sets the page.
require.config({ baseUrl: new URL(".", document.currentScript.src).href });
document.addEventListener("DOMContentLoaded", () => {
  if (window.MathJax) MathJax.Hub = { Queue: () => {} };
});
