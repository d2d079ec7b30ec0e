package store

import "context"

// questions are what many ask at once about a number that only grows. Who answers looks once for all who wait: each gets
// what was looked at after the question came.
type questions chan chan<- int64

// ask waits for an answer until ctx ends. It is not ok when there is none.
func (q questions) ask(ctx context.Context) (n int64, ok bool) {
	answer := make(chan int64, 1)
	select {
	case q <- answer:
	case <-ctx.Done():
		return 0, false
	}
	select {
	case n, ok = <-answer:
		return n, ok
	case <-ctx.Done():
		return 0, false
	}
}

// answer answers the first question that was taken, and all others that wait.
func (q questions) answer(first chan<- int64, look func() (int64, error)) error {
	waiting := []chan<- int64{first}
	for more := true; more; {
		select {
		case next := <-q:
			waiting = append(waiting, next)
		default:
			more = false
		}
	}
	n, err := look()
	for _, answer := range waiting {
		if err == nil {
			answer <- n // which has room for it
		}
		close(answer)
	}
	return err
}
