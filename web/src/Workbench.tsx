import { explorerPlugin } from '@graphiql/plugin-explorer';
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { GraphiQL, type GraphiQLProps } from 'graphiql';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import '@graphiql/plugin-explorer/style.css';
import { useCallback, useEffect, useState } from 'react';
import { listen } from './listen';
import { operationsPlugin } from './Operations';
import type { Sessions, Viewer } from './session';
import { pause, Subscription, subscriptionOf } from './subscription';

const plugins = [operationsPlugin, explorerPlugin(), HISTORY_PLUGIN];

const welcome = `# Choose an operation of a client at the left, build one in the explorer, or write your own.
# Ctrl-Enter runs it, Ctrl-Space completes.

query Me {
  viewer {
    displayName
    role
  }
}
`;

/** GraphiQL for the one who is signed in, under a line that says who that is. */
export function Workbench({ sessions, viewer }: { sessions: Sessions; viewer: Viewer }) {
  const [leaving, setLeaving] = useState(false);
  const fetcher: GraphiQLProps['fetcher'] = useCallback(
    (request, options) => {
      const operation = subscriptionOf(request);
      return operation
        ? new Subscription(request, operation, options?.headers ?? {}, { sessions, listen, pause })
        : sessions.send(request, options?.headers);
    },
    [sessions],
  );
  const leave = () => {
    setLeaving(true);
    void sessions.signOut();
  };
  return (
    <div className="workbench">
      <header>
        <h1>Aisle</h1>
        <p id="viewer">
          <span>{viewer.displayName}</span> <span className="role">{viewer.role}</span>
        </p>
        <button id="sign-out" type="button" onClick={leave} disabled={leaving}>
          Sign out
        </button>
      </header>
      <GraphiQL fetcher={fetcher} plugins={plugins} visiblePlugin={operationsPlugin} defaultQuery={welcome}>
        <GraphiQL.Logo>
          <StopWithTab />
        </GraphiQL.Logo>
      </GraphiQL>
    </div>
  );
}

/**
 * Shows nothing; ends a subscription when its tab is no longer shown. GraphiQL does so itself but for a new tab,
 * where the events of the old one would go on.
 */
function StopWithTab() {
  const { stop } = useGraphiQLActions();
  const shown = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.id);
  useEffect(() => stop, [shown, stop]);
  return null;
}
