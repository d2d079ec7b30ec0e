// Package clientinfo reads what a request says about its client: the address, behind trusted proxies, and the client's name and version.
package clientinfo
