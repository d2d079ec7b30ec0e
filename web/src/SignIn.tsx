import { useActionState } from 'react';
import type { Sessions } from './session';

/** The sign-in form. It shows the messages of the API. */
export function SignIn({ sessions }: { sessions: Sessions }) {
  const [failure, submit, busy] = useActionState(async (_: Failure, form: FormData): Promise<Failure> => {
    const login = String(form.get('login')).trim();
    try {
      await sessions.signIn(login, String(form.get('password')));
      return { login: '', message: '' };
    } catch (error) {
      return { login, message: error instanceof Error ? error.message : String(error) };
    }
  }, { login: '', message: '' });
  return (
    <main className="sign-in">
      <form action={submit} aria-labelledby="title">
        <h1 id="title">Aisle</h1>
        <p id="help">Sign in with your employee login, as in the mobile app.</p>
        <label htmlFor="login">Login</label>
        <input id="login" name="login" defaultValue={failure.login} {...loginInput} />
        <label htmlFor="password">Password</label>
        <input id="password" name="password" type="password" autoComplete="current-password" required />
        <button id="sign-in" type="submit" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        <p id="sign-in-error" role="alert">
          {failure.message}
        </p>
      </form>
    </main>
  );
}

/** The login that was entered and why signing in failed. Empty before the first attempt. */
interface Failure {
  login: string;
  message: string;
}

const loginInput = {
  autoComplete: 'username',
  autoCapitalize: 'none',
  spellCheck: false,
  autoFocus: true,
  required: true,
  'aria-describedby': 'help',
} as const;
