// The admin's page in a real browser, against a running `aisle dev` whose address is in AISLE_URL.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openWatchedPage } from './browser.mjs';

const baseUrl = process.env.AISLE_URL;
const timeout = 60_000;
const run = '.graphiql-execute-button';
const skip = baseUrl ? false : 'AISLE_URL is not set';

let browser;

before(async () => {
  if (!skip) browser = await launch();
});

after(() => browser?.close());

async function open(t) {
  const { page, complaints } = await openWatchedPage(browser, baseUrl);
  page.setDefaultTimeout(timeout / 2);
  t.after(() => page.context().close());
  await page.goto(new URL('/graphiql', baseUrl).href);
  return { page, complaints };
}

async function signIn(page, login, password) {
  await page.fill('#login', login);
  await page.fill('#password', password);
  await page.click('#sign-in');
}

async function openMobileHome(page) {
  await page.click('[data-testid=operation-MobileHome]');
  await page.waitForSelector('.graphiql-tab-active >> text=MobileHome');
}

/** Waits until the answer's editor holds JSON with data or errors, and returns it. */
async function answer(page) {
  const result = await page.waitForFunction(() => {
    const answers = window.__MONACO.editor.getModels().filter((model) => model.uri.path.endsWith('response.json'));
    const text = answers.map((model) => model.getValue()).find((value) => /"(data|errors)"/.test(value));
    return text && JSON.parse(text);
  });
  return result.jsonValue();
}

/** Changes fields of the session that the page has stored. */
function alterSession(page, fields) {
  return page.evaluate(
    (fields) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('aisle.session');
        opening.onerror = reject;
        opening.onsuccess = () => {
          const transaction = opening.result.transaction('values', 'readwrite');
          const values = transaction.objectStore('values');
          const reading = values.get('current');
          reading.onsuccess = () => values.put({ ...reading.result, ...fields }, 'current');
          transaction.onabort = reject;
          transaction.oncomplete = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
    fields,
  );
}

test('a wrong password is refused in the words of the API', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);

  await signIn(page, 'manager.1', 'not-the-password');
  await page.waitForFunction(() => document.querySelector('#sign-in-error').textContent !== '');

  assert.match(await page.textContent('#sign-in-error'), /\w+ .*\.$/, 'a sentence');
  assert.equal(await page.inputValue('#login'), 'manager.1', 'the login need not be typed again');
  assert.deepEqual(complaints, []);
});

test('a store manager signs in, runs MobileHome and signs out', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);

  await signIn(page, 'manager.1', 'aisle-demo');
  await page.waitForSelector('#sign-out');
  assert.match(await page.textContent('#viewer'), /\S+ .*STORE_MANAGER/);

  await page.reload();
  await page.waitForSelector('#sign-out');

  await openMobileHome(page);
  await page.click(run);
  const { data, errors } = await answer(page);

  assert.equal(errors, undefined);
  assert.equal(data.viewer.role, 'STORE_MANAGER');
  assert.match(data.viewer.store.code, /\S/);
  assert.ok(data.viewer.store.tasks.edges.length > 0, 'open tasks');

  await page.click('#sign-out');
  await page.waitForSelector('#login');
  await page.reload();
  await page.waitForSelector('#login');
  assert.deepEqual(complaints, []);
});

test('the schema is there after sign-in, for the explorer and the documentation', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);

  await signIn(page, 'manager.1', 'aisle-demo');
  await page.click('[aria-label="Show GraphiQL Explorer"]');
  await page.waitForSelector('.graphiql-explorer-root >> text=viewer');
  await page.click('[aria-label="Show Documentation Explorer"]');
  await page.waitForSelector('.graphiql-doc-explorer >> text=Mutation');

  assert.deepEqual(complaints, []);
});

test('two tabs renew their session once', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);
  await signIn(page, 'manager.1', 'aisle-demo');
  await page.waitForSelector('#sign-out');
  const other = await page.context().newPage();
  await other.goto(page.url());
  await Promise.all([page, other].map(openMobileHome));
  let renewals = 0;
  page.context().on('request', (request) => {
    if (request.postData()?.includes('RefreshSession')) renewals++;
  });

  await alterSession(page, { expiresAt: 0 });
  await Promise.all([page, other].map((tab) => tab.click(run)));
  const answers = await Promise.all([page, other].map(answer));

  assert.deepEqual(answers.map(({ data }) => data.viewer.role), ['STORE_MANAGER', 'STORE_MANAGER']);
  assert.equal(renewals, 1);
  assert.deepEqual(complaints, []);
});

test('a session that the server does not know leads back to the form', { skip, timeout }, async (t) => {
  const { page, complaints } = await open(t);
  await signIn(page, 'manager.1', 'aisle-demo');
  await openMobileHome(page);

  await alterSession(page, { accessToken: 'unknown', refreshToken: 'unknown' });
  await page.click(run);

  await page.waitForSelector('#login');
  const others = complaints.filter((complaint) => !/\b401\b/.test(complaint));
  assert.deepEqual(others, [], 'a 401 is how the page is told; nothing else may be wrong');
});
