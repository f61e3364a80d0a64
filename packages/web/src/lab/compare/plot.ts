import { element } from '../../ui/element.ts';
import type { Transport } from '../lab-events.ts';
import type { Sample } from './comparison.ts';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 320;
const HEIGHT = 150;
const LEFT = 46;
const BOTTOM = 20;
const TOP = 8;

export interface Curve {
  readonly transport: Transport;
  readonly samples: readonly Sample[];
}

export interface PlotOptions {
  readonly title: string;
  /** What the picture says, for those who cannot see it: the table below has the numbers. */
  readonly label: string;
  /** Length of the horizontal axis. */
  readonly spanMs: number;
  format(value: number): string;
}

export interface Plot {
  readonly element: HTMLElement;
  update(curves: readonly Curve[]): void;
}

/** Curves over time, each in the colour of its transport. */
export function createPlot({ title, label, spanMs, format }: PlotOptions): Plot {
  const svg = draw('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    class: 'plot',
    role: 'img',
    'aria-label': label,
  });
  const figure = element('figure', { class: 'card figure' });
  figure.append(element('figcaption', {}, title), svg);
  const update = (curves: readonly Curve[]) => {
    const highest = Math.max(1, ...curves.flatMap(({ samples }) => samples.map(valueOf)));
    const top = roundUp(highest);
    const x = (atMs: number) => LEFT + ((WIDTH - LEFT - 6) * atMs) / spanMs;
    const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
    svg.replaceChildren(
      ...[0, 0.5, 1].flatMap((part) => [
        draw('line', {
          class: 'plot-grid',
          x1: LEFT,
          x2: WIDTH - 6,
          y1: y(part * top),
          y2: y(part * top),
        }),
        write(format(part * top), LEFT - 5, y(part * top) + 3.5, 'end'),
      ]),
      ...[0, 0.5, 1].map((part) =>
        write(
          `${(part * spanMs) / 1_000} s`,
          x(part * spanMs),
          HEIGHT - 5,
          part === 1 ? 'end' : 'middle',
        ),
      ),
      ...curves.map(({ transport, samples }) =>
        draw('polyline', {
          class: 'plot-curve',
          'data-transport': transport,
          points: samples
            .map(({ atMs, value }) => `${x(atMs).toFixed(1)},${y(value).toFixed(1)}`)
            .join(' '),
        }),
      ),
    );
  };
  update([]);
  return { element: figure, update };
}

/** A piece of the transport's curve, beside its name. */
export function createCurveSign(transport: Transport): SVGElement {
  const sign = draw('svg', { viewBox: '0 0 28 4', class: 'curve-sign', 'aria-hidden': 'true' });
  sign.append(
    draw('polyline', { class: 'plot-curve', 'data-transport': transport, points: '0,2 28,2' }),
  );
  return sign;
}

function valueOf({ value }: Sample): number {
  return value;
}

/** The next number that is easy to read: 1, 2 or 5 and zeros. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((each) => each * power >= value) ?? 10;
  return step * power;
}

function draw(name: string, attributes: Record<string, string | number>): SVGElement {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  return node;
}

function write(text: string, x: number, y: number, anchor: string): SVGElement {
  const node = draw('text', { class: 'plot-text', x, y, 'text-anchor': anchor });
  node.textContent = text;
  return node;
}
