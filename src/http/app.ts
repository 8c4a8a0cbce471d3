/** HTTP: liveness and readiness for whoever runs the server. Later operations join here. */
import { serve, type ServerType } from '@hono/node-server';
import { Hono } from 'hono';

/** Where HTTP listens. */
interface Address {
  readonly host: string;
  readonly port: number;
}

/** What the server knows about itself. `ready` turns false while it drains. */
export interface Health {
  readonly role: string;
  readonly ready: () => boolean;
  /** Parts and how they are, for example `{"risk":"unreachable"}`. */
  readonly parts: () => Readonly<Record<string, string>>;
}

export function createApp(health: Health): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
  });
  app.get('/health', (context) => context.json({ status: 'ok', role: health.role, parts: health.parts() }));
  app.get('/ready', (context) => {
    const ready = health.ready();
    return context.json({ ready }, ready ? 200 : 503);
  });
  app.notFound((context) =>
    context.json({ error: { code: 'not_found', message: 'no such path' }, request_id: crypto.randomUUID() }, 404),
  );
  app.onError((_, context) =>
    context.json({ error: { code: 'internal', message: 'a bug of the server' }, request_id: crypto.randomUUID() }, 500),
  );
  return app;
}

/** Listens; rejects with the system's error when the address cannot be had. */
export function serveHttp(
  app: Hono,
  { host, port }: Address,
): Promise<{ close(): Promise<void>; readonly address: Address }> {
  return new Promise((resolve, reject) => {
    const server: ServerType = serve({ fetch: app.fetch, hostname: host, port }, (bound) => {
      server.off('error', reject);
      resolve({
        address: { host, port: bound.port },
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            if ('closeIdleConnections' in server) server.closeIdleConnections();
          }),
      });
    });
    server.once('error', reject);
  });
}
