// What tests/browser/test_site.py asks of a page; added to each that it opens.
window.looks = {
  // How many formulas there are, which of them MathJax could not read, and text that still looks like one.
  formulas() {
    const all = selector => [...document.querySelectorAll(selector)];
    const text = document.querySelector("main .bd-article-container").cloneNode(true);
    text.querySelectorAll("code, pre, script, mjx-container").forEach(each => each.remove());
    return {
      written: all("main .math").length,
      drawn: all("main .math mjx-container > svg").length,
      wrong: all("[data-mml-node=merror], mjx-container [fill=red]").map(each => each.textContent),
      raw: text.textContent.match(/\$\$|\\[a-zA-Z(\[]+|\$[^$\s][^$]*\$/g) ?? [],
    };
  },

  // Text that is seen, with too little contrast to what lies behind it (WCAG AA: 4.5, large text 3).
  faint() {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const once = (known, make) => key => known.get(key) ?? known.set(key, make(key)).get(key);
    const rgba = once(new Map(), colour => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data].map((value, i) => i < 3 ? value : value / 255);
    });
    const over = (top, below) => below.map((value, i) => top[i] * top[3] + value * (1 - top[3]));
    const behind = once(new Map(), element => element
      ? over(rgba(getComputedStyle(element).backgroundColor), behind(element.parentElement))
      : [255, 255, 255]);
    const light = colour => {
      const [r, g, b] = colour.map(value => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = {};
    const faint = (element, words) => {
      const style = getComputedStyle(element), below = behind(element);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.6 && style.fontWeight >= 700);
      const lights = [light(over(rgba(style.color), below)), light(below)];
      const ratio = (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
      if (ratio < (large ? 3 : 4.5)) {
        const name = `${element.localName}.${element.getAttribute("class")}`;
        found[name] = `${words.slice(0, 30)}: ${ratio.toFixed(2)}, ${style.color} on ${below.map(Math.round)}`;
      }
    };
    const seen = element => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement, words = walker.currentNode.data.trim();
      const hidden = element.closest("mjx-assistive-mml, .visually-hidden, script, style");
      if (words && !hidden && seen(element)) faint(element, words);
    }
    for (const formula of document.querySelectorAll("main mjx-container"))
      if (seen(formula)) faint(formula, "a formula");
    return found;
  },

  // What reaches beyond the right edge and is in no box that scrolls.
  wide() {
    const edge = document.documentElement.clientWidth + 1, page = ".bd-article-container", found = [];
    const right = element => element.getBoundingClientRect().right;
    const scrolls = element => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
    for (const element of document.querySelectorAll(`main ${page} *`)) {
      if (right(element) <= edge || !element.checkVisibility()) continue;
      if (element.closest("mjx-assistive-mml")) continue;
      let box = element.parentElement;
      while (!box.matches(page) && !(scrolls(box) && right(box) <= edge)) box = box.parentElement;
      if (box.matches(page)) {
        const words = element.textContent.trim().slice(0, 40);
        found.push(`${element.localName}.${element.getAttribute("class")}: ${words}`);
      }
    }
    return found.slice(0, 10);
  },
};
