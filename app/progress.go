package app

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows how far a long work has come, to who sits at a terminal: in a log it would be as many lines as it was drawn.
type bar struct{ *progressbar.ProgressBar }

func newBar(t Terminal, what string) bar {
	const width, redraw = 30, 200 * time.Millisecond
	return bar{progressbar.NewOptions(1,
		progressbar.OptionSetWriter(t.Err), progressbar.OptionSetDescription(what),
		progressbar.OptionSetWidth(width), progressbar.OptionThrottle(redraw),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetVisibility(isTerminal(t.Err)),
	)}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// set says that so much of so much is done.
func (b bar) set(done, total int) {
	b.ChangeMax(total)
	_ = b.Set(done) // it fails only where there is no terminal to draw on
}

// finish takes the bar away.
func (b bar) finish() { _ = b.Finish() }
