package importer

// The fields of a store.
const (
	fieldCode       = "code"
	fieldName       = "name"
	fieldRegion     = "region"
	fieldAddress    = "address"
	fieldAddress2   = "address2"
	fieldCity       = "city"
	fieldState      = "state"
	fieldPostalCode = "postal_code"
	fieldCountry    = "country"
	fieldLatitude   = "latitude"
	fieldLongitude  = "longitude"
	fieldTimezone   = "timezone"
	fieldFormat     = "format"
	fieldStatus     = "status"
)

// The maximum lengths of fields of both entities.
const (
	maxCodeLen = 64
	maxNameLen = 200
)

func storeFields() []field {
	return []field{
		{name: fieldCode, aliases: []string{"storecode", "storenumber", "storeno", "storeid", "number"}, isKey: true},
		{name: fieldName, aliases: []string{"storename", "store"}},
		{name: fieldRegion, aliases: []string{"regionname", "regioncode"}},
		{name: fieldAddress, aliases: []string{"address1", "addressline1", "street", "streetaddress"}},
		{name: fieldAddress2, aliases: []string{"addressline2", "street2"}},
		{name: fieldCity, aliases: []string{"town"}},
		{name: fieldState, aliases: []string{"province", "statecode"}},
		{name: fieldPostalCode, aliases: []string{"postcode", "zip", "zipcode", "zip5"}},
		{name: fieldCountry, aliases: []string{"countrycode"}},
		{name: fieldLatitude, aliases: []string{"lat"}},
		{name: fieldLongitude, aliases: []string{"lon", "lng", "long"}},
		{name: fieldTimezone, aliases: []string{"tz"}},
		{name: fieldFormat, aliases: []string{"storeformat"}},
		{name: fieldStatus, aliases: []string{"storestatus"}},
	}
}

// The fields of a product, except its name.
const (
	fieldSKU      = "sku"
	fieldBarcode  = "barcode"
	fieldBrand    = "brand"
	fieldCategory = "category"
	fieldUnit     = "unit"
)

func productFields() []field {
	return []field{
		{name: fieldSKU, aliases: []string{"itemnumber", "itemno", "itemcode", "productcode", "articlenumber", "plu"}, isKey: true},
		{name: fieldName, aliases: []string{"productname", "itemname", "title", "description"}},
		{name: fieldBarcode, aliases: []string{"barcodes", "gtin", "gtins", "ean", "ean13", "upc", "upca", "code"}, isKey: true},
		{name: fieldBrand, aliases: []string{"brands", "brandname"}},
		{name: fieldCategory, aliases: []string{"categorycode"}},
		{name: fieldUnit, aliases: []string{"stockunit", "unitofmeasure", "uom"}},
	}
}
