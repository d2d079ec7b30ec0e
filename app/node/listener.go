package node

import (
	"context"
	"fmt"
	"net"
)

// Addresses are the addresses that a node listens on. API is nil if the node does not serve clients.
type Addresses struct{ API, Admin net.Addr }

// listeners are the ports that a node listens on. api is nil if the node does not serve clients.
type listeners struct{ api, admin *listener }

// listen opens the ports of the node's roles, so that the node does not start if one is in use.
func listen(ctx context.Context, c Config) (*listeners, error) {
	admin, err := open(ctx, c.AdminAddr, "--admin-addr (AISLE_ADMIN_ADDR)")
	if err != nil || !c.Roles.ServesClients() {
		return &listeners{admin: admin}, err
	}
	api, err := open(ctx, c.Addr, "--addr (AISLE_ADDR)")
	if err != nil {
		_ = admin.Close()
		return nil, err
	}
	return &listeners{api, admin}, nil
}

func (l *listeners) addresses() Addresses {
	a := Addresses{Admin: l.admin.addr}
	if l.api != nil {
		a.API = l.api.addr
	}
	return a
}

// listener is a port that a component serves on.
type listener struct {
	net.Listener // nil after the component stopped: it opens the port again

	addr    net.Addr
	setting string
}

// open listens on the address in a setting.
func open(ctx context.Context, address, setting string) (*listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s, set by %s: %w", address, setting, err)
	}
	return &listener{l, l.Addr(), setting}, nil
}

// serve returns a function that serves on the port and closes it at the end. Each call after the first opens the same port again.
func (l *listener) serve(serve func(context.Context, net.Listener) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if l.Listener == nil {
			reopened, err := open(ctx, l.addr.String(), l.setting)
			if err != nil {
				return err
			}
			l.Listener = reopened.Listener
		}
		defer func() { l.Listener = nil }()
		return serve(ctx, l.Listener)
	}
}
