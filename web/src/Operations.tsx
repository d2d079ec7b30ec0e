import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react';
import { operations, type Operation } from './operations';

/** A GraphiQL plugin that lists the clients' registered operations. A click opens one in a tab. */
export const operationsPlugin: GraphiQLPlugin = {
  title: 'Operations',
  icon: Icon,
  content: Content,
};

function Content() {
  const open = useOpenOperation();
  return (
    <section id="operations" aria-labelledby="operations-title">
      <h2 id="operations-title">Operations</h2>
      <p>Registered operations of the clients. Click one to open it in a tab.</p>
      {[...operations].map(([client, list]) => (
        <div key={client}>
          <h3>{client}</h3>
          <ul>
            {list.map((operation) => (
              <li key={operation.name}>
                <button
                  type="button"
                  data-testid={`operation-${operation.name}`}
                  disabled={!open}
                  onClick={() => open?.(operation)}
                >
                  {operation.name}
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

/**
 * Returns a function that opens an operation: in the tab that already shows it, else in an empty tab, else in a new one. It is undefined
 * until the editors have loaded.
 */
function useOpenOperation(): ((operation: Operation) => void) | undefined {
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor } = useGraphiQL(({ tabs, queryEditor, variableEditor }) => ({
    tabs,
    queryEditor,
    variableEditor,
  }));
  if (!queryEditor || !variableEditor) return undefined;
  return ({ document, variables }) => {
    const openTab = tabs.findIndex((tab) => tab.query === document);
    if (openTab >= 0) {
      changeTab(openTab);
      return;
    }
    if (queryEditor.getValue().trim()) {
      addTab();
    }
    queryEditor.setValue(document);
    variableEditor.setValue(variables);
  };
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" width="1em" height="1em" fill="none" stroke="currentColor" strokeWidth="1.5">
      <path strokeLinecap="round" strokeLinejoin="round" d="M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01" />
    </svg>
  );
}
