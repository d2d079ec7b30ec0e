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

//go:embed seed_data
var seedFiles embed.FS

// seedData are the words and places from which a chain is made: the files in the directory seed_data.
type seedData struct {
	areas       []area
	streets     []string
	firstNames  []string
	lastNames   []string
	departments []department
	templates   []template
	comments    map[tasks.Kind][]string
}

// area is a part of the country that becomes a region.
type area struct {
	name   string
	cities []city
}

// city is a city with stores.
type city struct {
	name, state, zip    string // zip is the prefix of its postal codes
	latitude, longitude float64
	zone                *time.Location
}

// readSeedData parses all files.
func readSeedData() (seedData, error) {
	var w seedData
	var err error
	if w.areas, err = readAreas(); err != nil {
		return seedData{}, fmt.Errorf("cities.csv: %w", err)
	}
	if w.departments, err = readDepartments(readLines("categories.txt")); err != nil {
		return seedData{}, fmt.Errorf("categories.txt: %w", err)
	}
	if w.templates, err = readTemplates(readLines("templates.txt")); err != nil {
		return seedData{}, fmt.Errorf("templates.txt: %w", err)
	}
	w.streets = readLines("streets.txt")
	w.firstNames = strings.Fields(readFile("first_names.txt"))
	w.lastNames = strings.Fields(readFile("last_names.txt"))
	w.comments = readComments(readLines("comments.txt"))
	return w, nil
}

// readFile returns the content of a file.
func readFile(name string) string {
	b, err := seedFiles.ReadFile("seed_data/" + name)
	if err != nil { // the directory is embedded
		panic(err)
	}
	return string(b)
}

// readLines returns the lines of a file, without empty lines and comments.
func readLines(name string) []string {
	return slices.DeleteFunc(strings.Split(readFile(name), "\n"), func(line string) bool {
		return strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#")
	})
}

func readAreas() ([]area, error) {
	rows, err := csv.NewReader(strings.NewReader(readFile("cities.csv"))).ReadAll()
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

// readComments parses the comments of each kind of task. Comments of the kind ANY belong to all kinds.
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
		// Specific comments count twice.
		comments[kind] = slices.Concat(special, special, general)
	}
	return comments
}
