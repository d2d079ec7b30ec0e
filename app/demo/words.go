package demo

import (
	"embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"aisle/store/tasks"
)

//go:embed words
var wordFiles embed.FS

// words are what the chain is made of, as the files in the folder words say.
type words struct {
	areas       []area
	streets     []string
	firstNames  []string
	lastNames   []string
	departments []department
	templates   []template
	comments    map[tasks.Kind][]string
}

// area is a part of the country that can be a region.
type area struct {
	name   string
	cities []city
}

// city is where stores can be.
type city struct {
	name, state, zip    string // zip is what its postal codes begin with
	latitude, longitude float64
	zone                *time.Location
}

// readWords reads all files.
func readWords() (words, error) {
	var w words
	var err error
	if w.areas, err = readAreas(); err != nil {
		return words{}, fmt.Errorf("cities.csv: %w", err)
	}
	if w.departments, err = readDepartments(lines("categories.txt")); err != nil {
		return words{}, fmt.Errorf("categories.txt: %w", err)
	}
	if w.templates, err = readTemplates(lines("templates.txt")); err != nil {
		return words{}, fmt.Errorf("templates.txt: %w", err)
	}
	w.streets = lines("streets.txt")
	w.firstNames = strings.Fields(text("first_names.txt"))
	w.lastNames = strings.Fields(text("last_names.txt"))
	w.comments = readComments(lines("comments.txt"))
	return w, nil
}

// text is what a file has.
func text(name string) string {
	b, err := wordFiles.ReadFile("words/" + name)
	if err != nil { // the folder is embedded above
		panic(err)
	}
	return string(b)
}

// lines are a file's lines that say something.
func lines(name string) []string {
	return slices.DeleteFunc(strings.Split(text(name), "\n"), func(line string) bool {
		return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#")
	})
}

// fields are the parts of a line between a mark.
func fields(line, mark string) []string {
	parts := strings.Split(line, mark)
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func readAreas() ([]area, error) {
	rows, err := csv.NewReader(strings.NewReader(text("cities.csv"))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	var areas []area
	for _, row := range rows[1:] {
		if len(areas) == 0 || areas[len(areas)-1].name != row[0] {
			areas = append(areas, area{name: row[0]})
		}
		c, err := readCity(row)
		if err != nil {
			return nil, err
		}
		last := &areas[len(areas)-1]
		last.cities = append(last.cities, c)
	}
	return areas, nil
}

func readCity(row []string) (city, error) {
	latitude, err := strconv.ParseFloat(row[4], 64)
	if err != nil {
		return city{}, fmt.Errorf("latitude of %s: %w", row[1], err)
	}
	longitude, err := strconv.ParseFloat(row[5], 64)
	if err != nil {
		return city{}, fmt.Errorf("longitude of %s: %w", row[1], err)
	}
	zone, err := time.LoadLocation(row[6])
	if err != nil {
		return city{}, fmt.Errorf("zone of %s: %w", row[1], err)
	}
	return city{row[1], row[2], row[3], latitude, longitude, zone}, nil
}

// readComments reads what is said below tasks of a kind; what is said below any of them belongs to each.
func readComments(lines []string) map[tasks.Kind][]string {
	comments := map[tasks.Kind][]string{}
	var general []string
	for _, line := range lines {
		kind, body, _ := strings.Cut(line, " | ")
		if kind == "ANY" {
			general = append(general, body)
			continue
		}
		comments[tasks.Kind(kind)] = append(comments[tasks.Kind(kind)], body)
	}
	for kind, special := range comments {
		// What fits is said as often as what always fits.
		comments[kind] = slices.Concat(special, special, general)
	}
	return comments
}
