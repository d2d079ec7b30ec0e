package app

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar is a progress bar. It is visible only on a terminal: a log would have a line for each redraw.
type bar struct{ *progressbar.ProgressBar }

func newBar(t Terminal, description string) bar {
	const width, redraw = 30, 200 * time.Millisecond
	return bar{progressbar.NewOptions(1,
		progressbar.OptionSetWriter(t.Err), progressbar.OptionSetDescription(description),
		progressbar.OptionSetWidth(width), progressbar.OptionThrottle(redraw),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetVisibility(isTerminal(t.Err)),
	)}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// set shows the progress.
func (b bar) set(done, total int) {
	b.ChangeMax(total)
	_ = b.Set(done) // fails only without a terminal
}

// finish removes the bar.
func (b bar) finish() { _ = b.Finish() }
