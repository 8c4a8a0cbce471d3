/** The results as a picture: one bar per floor, as a share of the yardstick, and throughput while a ledger grows. SVG by hand. */
import type { Report } from './document.ts';
import { shown, type Curve, type Line } from './row.ts';

const WIDTH = 920;
const LEFT = 440;
const RIGHT = 130;
const BAR = 18;
const STEP = 30;
const PLOT = WIDTH - LEFT - RIGHT;
const CURVE_HEIGHT = 180;
const COLOURS = ['#2563a8', '#b8620b', '#3b7d3b'];
const INK = '#333';

const style = `text{font:13px system-ui,sans-serif;fill:${INK}}.small{font-size:11px;fill:#666}.title{font-weight:600}`;

export function chart(report: Report): string {
  const bars = Object.values(report.rows).flatMap(({ lines }) =>
    lines.filter(({ floor, ratio, unit }) => floor !== undefined && ratio !== undefined && unit === '/s'),
  );
  const curves = Object.values(report.rows).flatMap((row) => row.curves ?? []);
  const barsHeight = 50 + bars.length * STEP;
  const height = barsHeight + (curves.length === 0 ? 0 : CURVE_HEIGHT + 110);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Throughput beside the yardsticks">`,
    `<style>${style}</style><rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(10, 24, 'Transfers per second, as a share of the yardstick in the same run', { className: 'title' }),
    text(WIDTH - 10, 24, 'dark line: what must be reached', { className: 'small', anchor: 'end' }),
    ...bars.flatMap((line, i) => bar(line, 44 + i * STEP)),
    ...(curves.length === 0 ? [] : curvePanel(curves, barsHeight + 20)),
    '</svg>',
    '',
  ].join('\n');
}

function bar({ what, ratio = 0, measured, floor }: Line, y: number): string[] {
  const [, figure = '0', unit] = /(\d+) (%|x)/.exec(floor?.text ?? '') ?? [];
  const wanted = Number(figure) / (unit === 'x' ? 1 : 100);
  // What has to be a multiple of the yardstick has a scale of its own.
  const full = wanted > 1 ? 1.5 * wanted : 1;
  const share = Math.min(ratio / full, 1);
  const floorShare = wanted / full;
  const x = LEFT + floorShare * PLOT;
  return [
    text(LEFT - 10, y + 14, what, { anchor: 'end' }),
    `<rect x="${LEFT}" y="${y}" width="${PLOT}" height="${BAR}" fill="#eee"/>`,
    `<rect x="${LEFT}" y="${y}" width="${round(share * PLOT)}" height="${BAR}" fill="${floor?.passed === true ? COLOURS[0] : COLOURS[1]}"/>`,
    `<line x1="${round(x)}" x2="${round(x)}" y1="${y - 4}" y2="${y + BAR + 4}" stroke="${INK}" stroke-width="2"/>`,
    text(LEFT + PLOT + 8, y + 14, shown(ratio, 0)),
    text(WIDTH - 10, y + 14, `${Math.round(measured).toLocaleString('en')}/s`, { className: 'small', anchor: 'end' }),
  ];
}

function curvePanel(curves: readonly Curve[], top: number): string[] {
  const points = curves.flatMap((curve) => curve.points);
  const storedMax = Math.max(...points.map(([stored]) => stored));
  const rateMax = Math.max(...points.map(([, rate]) => rate)) * 1.1;
  const [left, width, y0] = [70, WIDTH - 90, top + 40 + CURVE_HEIGHT];
  const x = (stored: number): number => round(left + (stored / storedMax) * width);
  const y = (rate: number): number => round(y0 - (rate / rateMax) * CURVE_HEIGHT);
  const lines = curves.flatMap(({ name, points: path }, i) => [
    `<polyline fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="2" points="${path.map(([stored, rate]) => `${x(stored)},${y(rate)}`).join(' ')}"/>`,
    `<rect x="${left + i * 160}" y="${y0 + 34}" width="14" height="4" fill="${COLOURS[i % COLOURS.length]}"/>`,
    text(left + 20 + i * 160, y0 + 41, name, { className: 'small' }),
  ]);
  const marks = [0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
    `<line x1="${left}" x2="${left + width}" y1="${y(rateMax * share)}" y2="${y(rateMax * share)}" stroke="#ddd"/>`,
    text(left - 8, y(rateMax * share) + 4, `${Math.round((rateMax * share) / 1_000)}k/s`, {
      className: 'small',
      anchor: 'end',
    }),
    text(x(storedMax * share), y0 + 18, `${((storedMax * share) / 1e6).toFixed(1)} M`, {
      className: 'small',
      anchor: 'middle',
    }),
  ]);
  return [
    text(10, top + 16, 'Pipelined transfers per second while a ledger grows (transfers stored)', {
      className: 'title',
    }),
    ...marks,
    ...lines,
  ];
}

interface Look {
  readonly className?: 'title' | 'small';
  readonly anchor?: 'start' | 'middle' | 'end';
}

function text(x: number, y: number, content: string, { className, anchor = 'start' }: Look = {}): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const named = className === undefined ? '' : ` class="${className}"`;
  return `<text x="${x}" y="${y}"${named} text-anchor="${anchor}">${escaped}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
