package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"aisle/store/catalog"
)

// department is a category of the top level.
type department struct {
	name   string
	brands []string
	groups []group
}

// group is a category of the second level.
type group struct {
	name   string
	leaves []leaf
}

// leaf is a category of the third level, with the words from which the names of its products are built. Consecutive leaves with
// the same name are one category.
type leaf struct {
	name                       string
	items, variants, sizes     []string
	minCents, maxCents         int
	minShelfLife, maxShelfLife int // in days; 0 if the products do not expire
}

// readDepartments parses the tree. The indentation is the level.
func readDepartments(lines []string) ([]department, error) {
	var tree []department
	for _, line := range lines {
		parts := splitTrimmed(line, "|")
		switch len(line) - len(strings.TrimLeft(line, " ")) {
		case 0:
			tree = append(tree, department{name: parts[0], brands: splitTrimmed(parts[1], ";")})
		case 2:
			d := &tree[len(tree)-1]
			d.groups = append(d.groups, group{name: parts[0]})
		default:
			l, err := readLeaf(parts)
			if err != nil {
				return nil, fmt.Errorf("%q: %w", parts[0], err)
			}
			d := &tree[len(tree)-1]
			g := &d.groups[len(d.groups)-1]
			g.leaves = append(g.leaves, l)
		}
	}
	return tree, nil
}

func readLeaf(parts []string) (leaf, error) {
	const columns = 6
	if len(parts) != columns {
		return leaf{}, fmt.Errorf("has %d columns, want %d", len(parts), columns)
	}
	l := leaf{name: parts[0], items: splitTrimmed(parts[1], ";"), variants: splitTrimmed(parts[2], ";"), sizes: splitTrimmed(parts[3], ";")}
	low, high, _ := strings.Cut(parts[4], "-")
	var err error
	if l.minCents, err = cents(low); err != nil {
		return leaf{}, err
	}
	if l.maxCents, err = cents(high); err != nil {
		return leaf{}, err
	}
	if parts[5] == "-" {
		return l, nil
	}
	if _, err := fmt.Sscanf(parts[5], "%d-%d", &l.minShelfLife, &l.maxShelfLife); err != nil {
		return leaf{}, fmt.Errorf("shelf life: %w", err)
	}
	return l, nil
}

// cents parses an amount in dollars.
func cents(dollars string) (int, error) {
	n, err := strconv.Atoi(strings.Replace(dollars, ".", "", 1))
	if err != nil {
		return 0, fmt.Errorf("dollars: %w", err)
	}
	return n, nil
}

// shelf is a leaf with its category and brands.
type shelf struct {
	leaf

	category uuid.UUID
	brands   []brand
}

// makeCategories makes the rows of the tree, parents first, and its shelves. A code has two digits for each level: 03, 0301, 030102.
func makeCategories(r random, at time.Time, tree []department) ([]catalog.CopyCategoriesParams, []shelf) {
	var rows []catalog.CopyCategoriesParams
	var shelves []shelf
	add := func(parent uuid.NullUUID, code, name string) uuid.UUID {
		id := r.id(at)
		rows = append(rows, catalog.CopyCategoriesParams{
			ID: id, ParentID: parent, Code: code, Name: name, CreatedAt: at, UpdatedAt: at,
		})
		return id
	}
	companies := 0
	for i, d := range tree {
		code := fmt.Sprintf("%02d", i+1)
		top := add(uuid.NullUUID{}, code, d.name)
		brands := make([]brand, len(d.brands))
		for b, name := range d.brands {
			brands[b] = brand{name: name, company: companies}
			companies++
		}
		for j, g := range d.groups {
			code := fmt.Sprintf("%s%02d", code, j+1)
			middle := add(nullUUID(top), code, g.name)
			var id uuid.UUID
			leaves := 0
			for k, l := range g.leaves {
				if k == 0 || l.name != g.leaves[k-1].name {
					leaves++
					id = add(nullUUID(middle), fmt.Sprintf("%s%02d", code, leaves), l.name)
				}
				shelves = append(shelves, shelf{l, id, brands})
			}
		}
	}
	return rows, shelves
}

// brand is a brand and the number of its company.
type brand struct {
	name    string
	company int
}
