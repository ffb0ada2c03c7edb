// What is wrong with a page. Everything that can be folded is unfolded, all is looked at, and it is
// folded again.
const folded = [...document.querySelectorAll('details:not([open])')];
folded.forEach(details => { details.open = true; });
const failures = { width: document.scrollingElement.clientWidth, wide: [], charts: [], headings: [], contrast: [], overlaps: [], texts: 0 };
const about = element => element.outerHTML.slice(0, 120);

// The page does not scroll sideways. A phone shows a page that is too wide smaller, so that the
// window's own width would grow with it.
const page = document.scrollingElement;
const width = page.clientWidth;
if (page.scrollWidth > width) {
  failures.wide.push(`${page.scrollWidth} of ${width}`);
  document.querySelectorAll('body *').forEach(element => {
    if (element.getBoundingClientRect().right > width + 1 && failures.wide.length < 8) {
      failures.wide.push(about(element));
    }
  });
}

// Every chart has a name and a description.
document.querySelectorAll('figure svg[role=img]').forEach(svg => {
  const words = (svg.getAttribute('aria-labelledby') || '').split(' ')
    .map(id => document.getElementById(id))
    .filter(element => element && svg.contains(element) && element.textContent.trim());
  if (words.length !== 2 || words[0].tagName !== 'title' || words[1].tagName !== 'desc') {
    failures.charts.push(about(svg));
  }
});
if (!document.querySelector('figure svg[role=img]')) failures.charts.push('no chart');

// Headings begin with one h1 and leave out no level.
let level = 0;
document.querySelectorAll('h1,h2,h3,h4,h5,h6').forEach(heading => {
  const next = Number(heading.tagName[1]);
  if (next > level + 1 || (next === 1 && level > 0)) failures.headings.push(about(heading));
  level = next;
});

// Colours.
const parse = color => {
  const numbers = (color.match(/[\d.]+/g) || []).map(Number);
  return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
};
const luminance = rgb => {
  const [r, g, b] = rgb.map(c => c / 255).map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
const paper = parse(getComputedStyle(document.body).backgroundColor).rgb;
const behind = (element, box) => {
  if (element instanceof SVGElement) {
    const x = box.left + box.width / 2;
    const y = box.top + box.height / 2;
    const shapes = document.elementsFromPoint(x, y)
      .filter(shape => shape instanceof SVGGeometryElement)
      .map(shape => getComputedStyle(shape).fill)
      .filter(fill => fill !== 'none' && parse(fill).alpha > 0);
    if (shapes.length) return shapes[0].startsWith('url') ? null : parse(shapes[0]).rgb;
  }
  for (let at = element; at; at = at.parentElement) {
    const color = parse(getComputedStyle(at).backgroundColor);
    if (color.alpha === 1) return color.rgb;
    if (color.alpha > 0) return null;
  }
  return [255, 255, 255];
};

// Every text that shows has a contrast of at least 4.5 to what is behind it.
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const inDrawings = new Map();
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!node.data.trim() || element.closest('title, desc, .unseen, .skip, defs')) continue;
  const range = document.createRange();
  range.selectNodeContents(node);
  const box = range.getBoundingClientRect();
  if (!box.width || !box.height || !element.checkVisibility()) continue;
  failures.texts += 1;
  const style = getComputedStyle(element);
  const color = parse(element instanceof SVGElement ? style.fill : style.color).rgb;
  const back = behind(element, box);
  if (!back || contrast(color, back) < 4.5) {
    failures.contrast.push(`${back ? contrast(color, back).toFixed(2) : 'a pattern'} behind ${node.data.slice(0, 40)}`);
  }
  const svg = element.closest('svg');
  if (svg) inDrawings.set(svg, [...(inDrawings.get(svg) || []), { box, text: node.data }]);
}

// Drawn lines and areas have a contrast of at least 3 to the page.
['--c0', '--c1', '--c2', '--c3', '--c4', '--c5', '--edge', '--ink'].forEach(name => {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = contrast(parse(getComputedStyle(probe).color).rgb, paper);
  probe.remove();
  if (found < 3) failures.contrast.push(`${found.toFixed(2)} for ${name}`);
});

// No text of a drawing lies upon another, and none leaves the page.
inDrawings.forEach((texts, svg) => {
  texts.forEach(({ box, text }, at) => {
    if (box.left < -1 || box.right > width + 1) failures.overlaps.push(`outside: ${text}`);
    texts.slice(at + 1).forEach(other => {
      const x = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const y = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      if (x > 1 && y > 4) failures.overlaps.push(`${text} upon ${other.text}`);
    });
  });
});
folded.forEach(details => { details.open = false; });
failures.overlaps = failures.overlaps.slice(0, 12);
failures.contrast = failures.contrast.slice(0, 12);
return failures;
