import { useActionState } from 'react';
import type { Sessions } from './session';

/** The sign-in form; what the API refuses is shown in its own words. */
export function SignIn({ sessions }: { sessions: Sessions }) {
  const [refused, submit, busy] = useActionState(async (_: Refused, form: FormData): Promise<Refused> => {
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
        <p id="help">Sign in with your employee login, the one of the mobile app.</p>
        <label htmlFor="login">Login</label>
        <input id="login" name="login" defaultValue={refused.login} {...loginInput} />
        <label htmlFor="password">Password</label>
        <input id="password" name="password" type="password" autoComplete="current-password" required />
        <button id="sign-in" type="submit" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
        <p id="sign-in-error" role="alert">
          {refused.message}
        </p>
      </form>
    </main>
  );
}

/** What was typed as login and why it was refused; empty before the first try. */
interface Refused {
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
