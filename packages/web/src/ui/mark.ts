const SVG = 'http://www.w3.org/2000/svg';

/** The sign of the product: a screen and a phone, joined by a wire. */
export function createMark(): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 32 32');
  svg.setAttribute('class', 'mark');
  svg.setAttribute('aria-hidden', 'true');
  const tile = document.createElementNS(SVG, 'rect');
  tile.setAttribute('class', 'mark-tile');
  tile.setAttribute('width', '32');
  tile.setAttribute('height', '32');
  tile.setAttribute('rx', '9');
  const wire = document.createElementNS(SVG, 'path');
  wire.setAttribute('class', 'mark-wire');
  wire.setAttribute('d', 'M10 11.5v3.2c0 5.6 12 1 12 6.6');
  svg.append(tile, wire, dot(10, 9.5), dot(22, 22.5));
  return svg;
}

function dot(x: number, y: number): SVGCircleElement {
  const circle = document.createElementNS(SVG, 'circle');
  circle.setAttribute('class', 'mark-dot');
  circle.setAttribute('cx', String(x));
  circle.setAttribute('cy', String(y));
  circle.setAttribute('r', '3');
  return circle;
}
