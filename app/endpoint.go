package app

import (
	"context"
	"fmt"
	"net"
)

// endpoint is where a component listens.
type endpoint struct {
	net.Listener // nil when it is to be opened again

	addr    net.Addr
	setting string
}

// open listens at an address, which a setting says.
func open(ctx context.Context, address, setting string) (*endpoint, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s, which %s says: %w", address, setting, err)
	}
	return &endpoint{listener, listener.Addr(), setting}, nil
}

// listen opens the ports of a node's roles before anything runs, so that it does not start when one is taken.
func (n node) listen(ctx context.Context, p *parts) (a addresses, err error) {
	if p.admin, err = open(ctx, n.AdminAddr, "--admin-addr (AISLE_ADMIN_ADDR)"); err != nil {
		return a, err
	}
	a.Admin = p.admin.addr
	if !n.Roles.servesClients() {
		return a, nil
	}
	if p.api, err = open(ctx, n.Addr, "--addr (AISLE_ADDR)"); err != nil {
		_ = p.admin.Close()
		return a, err
	}
	a.API = p.api.addr
	return a, nil
}

// serve makes what serves there, and closes the port in the end. When it is called again it opens the same port again.
func (e *endpoint) serve(serve func(context.Context, net.Listener) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if e.Listener == nil {
			again, err := open(ctx, e.addr.String(), e.setting)
			if err != nil {
				return err
			}
			e.Listener = again.Listener
		}
		defer func() { e.Listener = nil }()
		return serve(ctx, e.Listener)
	}
}
