import { lazy, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { post } from './api';
import { browserLocks } from './locks';
import { sessionName, Sessions } from './session';
import { SignIn } from './SignIn';
import { BrowserStore } from './sessionStore';
import './style.css';

// GraphiQL and Monaco are megabytes. They load after sign-in, so that the form appears at once.
const Workbench = lazy(() => import('./Workbench').then((module) => ({ default: module.Workbench })));

const store = new BrowserStore(sessionName);
const sessions = new Sessions({ post, store, locks: browserLocks(), now: Date.now });
const root = createRoot(document.getElementById('root')!);
let viewerId: string | undefined;

/**
 * Renders the sign-in form, or GraphiQL for the viewer. When the viewer changes, the page reloads, so that no data of the previous one
 * (responses, the schema, Monaco's documents) stays in memory.
 */
async function render() {
  const session = await sessions.current();
  if (viewerId && viewerId !== session?.viewer.id) {
    window.location.reload();
    return;
  }
  viewerId = session?.viewer.id;
  root.render(
    session ? (
      <Suspense fallback={<p className="loading">Loading the editor…</p>}>
        <Workbench sessions={sessions} viewer={session.viewer} />
      </Suspense>
    ) : (
      <SignIn sessions={sessions} />
    ),
  );
}

sessions.subscribe(render);
store.watch(render);
void render();
