// What a page of hostile texts holds that it must not hold.
const known = new Set(('html head meta title style body a svg defs pattern path circle text desc '
  + 'header h1 h2 p nav ol ul li main section dl div dt dd b figure figcaption table caption span '
  + 'thead tbody tfoot tr th td bdi details summary small pre code').split(' '));
const all = [...document.querySelectorAll('*')];
const attributes = all.flatMap(element => [...element.attributes]);
return {
  elements: all.length,
  unknown: all.filter(element => !known.has(element.localName)).length,
  handlers: attributes.filter(attribute => attribute.name.startsWith('on')).length,
  styles: attributes.filter(attribute => attribute.name === 'style').length
    + document.querySelectorAll('style').length - 1,
  addresses: attributes.filter(attribute => /^(src|href|xlink:href|action|data|poster|srcset|ping|formaction|background)$/.test(attribute.name)
    && !/^#[a-z]+(-[0-9]+)?$/.test(attribute.value)).length,
  harmed: window.harmed ? 1 : 0,
};
