/** HTTP: the operations as routes, their documentation, liveness and readiness. */
import { Hono, type Context } from 'hono';
import { refused, type ApiOperation } from '../operations/api-operation.ts';
import { docsPage, PAGE_POLICY, STYLE } from './docs-page.ts';
import { openApiOf } from './openapi.ts';
import { pageHeaders, preflight } from './cors.ts';
import { headersOf, refuse, requestIdOf } from './respond.ts';
import { routeOf, type RouteParts } from './route.ts';

/** What the server knows about itself. `ready` turns false while it drains. */
export interface Health {
  readonly role: string;
  readonly ready: () => boolean;
  /** Parts and how they are, for example `{"risk":"unreachable"}`. */
  readonly parts: () => Readonly<Record<string, string>>;
  /** How fresh each tier is (B-08). */
  readonly tiers?: () => Promise<object>;
}

export interface AppParts extends RouteParts {
  readonly health: Health;
  readonly operations: readonly ApiOperation[];
  /** Public keys by which strangers check evidence (B-06). */
  readonly serverKeys?: () => readonly object[];
  /** The product's, for the document. */
  readonly version: string;
}

/** A path with parameters in braces, as hono writes it. */
const routePath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

export function createApp(parts: AppParts): Hono {
  const app = new Hono();
  const open = openRoutes(parts);
  for (const [path, answer] of open) app.get(path, answer);
  for (const operation of parts.operations)
    app.on(operation.method, routePath(operation.path), routeOf(operation, parts));
  const methods = methodsByPath([
    ...parts.operations,
    ...[...open.keys()].map((path) => ({ path, method: 'GET' }) as const),
  ]);
  // No middleware: hono would walk through it for every request, and only the misses need what stands here.
  app.notFound((context) => {
    const requestId = requestIdOf(context.req.raw.headers);
    const allow = methods(context.req.path);
    const toPages = pageHeaders(context.req.path);
    if (toPages !== undefined && context.req.method === 'OPTIONS') return preflight(`${allow ?? 'GET, POST'}, OPTIONS`);
    const response =
      allow === undefined
        ? refuse(refused('not_found'), requestId, toPages)
        : refuse(refused('method_not_allowed'), requestId, { ...toPages, Allow: allow });
    parts.observe('none', response.status, performance.now());
    return response;
  });
  app.onError((error, context) => {
    const requestId = requestIdOf(context.req.raw.headers);
    parts.report('none', requestId, error);
    return refuse(refused('internal'), requestId);
  });
  return app;
}

type Answer = (context: Context) => Response | Promise<Response>;

/** An answer of the server about itself. */
function text(
  context: Context,
  body: string,
  options: { status?: number; type?: string; policy?: string } = {},
): Response {
  const headers = headersOf(requestIdOf(context.req.raw.headers), options.type);
  if (options.policy !== undefined) headers['Content-Security-Policy'] = options.policy;
  headers['Referrer-Policy'] = 'no-referrer';
  return new Response(body, { status: options.status ?? 200, headers });
}

/** What needs no key. */
function openRoutes({ health, operations, version, serverKeys }: AppParts): ReadonlyMap<string, Answer> {
  let written: { readonly document: string; readonly page: string } | undefined;
  // Made when somebody asks for the first time: a server that nobody reads about starts sooner.
  const docs = (): { readonly document: string; readonly page: string } => {
    const document = written === undefined ? openApiOf(operations, version) : undefined;
    if (document !== undefined) written = { document: JSON.stringify(document), page: docsPage(document) };
    return written ?? { document: '', page: '' };
  };
  return new Map<string, Answer>([
    [
      '/health',
      async (context) => {
        const tiers = await health.tiers?.();
        const said = {
          status: 'ok',
          role: health.role,
          parts: health.parts(),
          ...(tiers === undefined ? {} : { tiers }),
        };
        return text(context, JSON.stringify(said));
      },
    ],
    ...(serverKeys === undefined
      ? []
      : [['/v1/server-keys', (context: Context) => text(context, JSON.stringify({ keys: serverKeys() }))] as const]),
    [
      '/ready',
      (context) => {
        const ready = health.ready();
        return text(context, JSON.stringify({ ready }), { status: ready ? 200 : 503 });
      },
    ],
    ['/openapi.json', (context) => text(context, docs().document)],
    ['/docs', (context) => text(context, docs().page, { type: 'text/html; charset=utf-8', policy: PAGE_POLICY })],
    ['/docs/style.css', (context) => text(context, STYLE, { type: 'text/css; charset=utf-8' })],
  ]);
}

/** Answers the methods of a path, for the header `Allow`, or undefined when there is no such path. */
function methodsByPath(
  routes: readonly { readonly path: string; readonly method: ApiOperation['method'] }[],
): (path: string) => string | undefined {
  const table = routes.map(({ method, path }) => ({
    method,
    pattern: new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));
  return (path) => {
    const found = new Set<string>(table.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    if (found.has('GET')) found.add('HEAD');
    return found.size === 0 ? undefined : [...found].join(', ');
  };
}
