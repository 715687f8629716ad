package clamor

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Money is an amount in integer minor units (cents) of an ISO 4217 currency. Amounts of different currencies are never
// added up.
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

// MaxMinor bounds one amount (ten trillion units of a two-digit currency), so that sums over a million accounts
// and products with parts per million cannot overflow what they are computed in.
const MaxMinor = 1_000_000_000_000_000

// minorDigits names the currencies whose minor unit is not a hundredth (ISO 4217, list one).
func minorDigits(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	}
	return 2
}

// isoCurrencies are the active codes of ISO 4217, list one, without funds, metals and test codes.
const isoCurrencies = " AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF " +
	"CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR " +
	"ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU " +
	"MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD " +
	"SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF " +
	"XCD XCG XOF XPF YER ZAR ZMW ZWG "

// ParseCurrency folds a code to capitals and refuses what ISO 4217 does not list.
func ParseCurrency(text string) (string, error) {
	code := strings.ToUpper(strings.TrimSpace(text))
	if len(code) != 3 || !strings.Contains(isoCurrencies, " "+code+" ") {
		return "", Errorf(Invalid, "%q is no ISO 4217 currency: write a code such as USD, EUR or JPY", text)
	}
	return code, nil
}

// NewMoney checks an amount of minor units: not negative, within MaxMinor, in a listed currency.
func NewMoney(minor int64, currency string) (Money, error) {
	code, err := ParseCurrency(currency)
	if err != nil {
		return Money{}, err
	}
	if minor < 0 {
		return Money{}, Errorf(Invalid, "%d is negative: an amount is zero or more", minor)
	}
	if minor > MaxMinor {
		return Money{}, Errorf(Invalid, "%d is more than any account pays: amounts are minor units (cents), at most %d", minor, int64(MaxMinor))
	}
	return Money{minor, code}, nil
}

// ParseMoney reads an amount of whole units as spreadsheets and CRMs write it: "48000", "48,000.50", "1.250,50", "$48k" is
// refused. A currency sign or code around the number must agree with currency. Where both a dot and a comma stand, the
// later one is the decimal mark; a lone one is decimal unless exactly three digits follow it.
func ParseMoney(text, currency string) (Money, error) {
	code, err := ParseCurrency(currency)
	if err != nil {
		return Money{}, err
	}
	s := strings.TrimSpace(text)
	refuse := func(why string) (Money, error) {
		return Money{}, Errorf(Invalid, "%q is no amount: %s", text, why)
	}
	for _, sign := range [...]struct{ sign, codes string }{{"$", "USD CAD AUD NZD SGD HKD MXN"}, {"€", "EUR"}, {"£", "GBP"}, {"¥", "JPY CNY"}} {
		if strings.Contains(s, sign.sign) {
			if !strings.Contains(sign.codes, code) {
				return refuse(fmt.Sprintf("the sign %s does not go with %s", sign.sign, code))
			}
			s = strings.Replace(s, sign.sign, "", 1)
		}
	}
	s = strings.Replace(s, code, "", 1)
	s = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "'", "").Replace(s)
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "(") {
		return refuse("it is negative")
	}
	dot, comma := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	mark := max(dot, comma)
	if mark >= 0 && (dot < 0 || comma < 0) {
		lone := s[mark : mark+1]
		if strings.Count(s, lone) > 1 || len(s)-mark-1 == 3 {
			mark = -1
		}
	}
	whole, fraction := s, ""
	if mark >= 0 {
		whole, fraction = s[:mark], s[mark+1:]
	}
	whole = strings.NewReplacer(",", "", ".", "").Replace(whole)
	digits := minorDigits(code)
	if len(strings.TrimRight(fraction, "0")) > digits {
		return refuse(fmt.Sprintf("%s has %d decimals", code, digits))
	}
	if len(fraction) > digits {
		fraction = fraction[:digits]
	}
	number := whole + fraction + strings.Repeat("0", digits-len(fraction))
	if whole+fraction == "" || strings.Trim(number, "0123456789") != "" {
		return refuse("write digits such as 48000 or 48000.50")
	}
	minor, err := strconv.ParseInt(number, 10, 64)
	if err != nil || minor > MaxMinor {
		return refuse("it is more than any account pays")
	}
	return Money{minor, code}, nil
}

// String writes the amount with thousands separators and its code: "48,000.50 USD".
func (m Money) String() string { return m.Amount() + " " + m.Currency }

// Amount writes the number alone, with thousands separators, and decimals only where they are not all zero.
func (m Money) Amount() string {
	digits := minorDigits(m.Currency)
	unit := int64(math.Pow10(digits))
	minor, sign := m.Minor, ""
	if minor < 0 {
		minor, sign = -minor, "-"
	}
	whole := strconv.FormatInt(minor/unit, 10)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest := minor % unit; rest != 0 {
		whole += fmt.Sprintf(".%0*d", digits, rest)
	}
	return sign + whole
}

// Rate says what one unit of a currency is worth in the list's currency from a day on, in parts per million.
type Rate struct {
	Currency string `json:"currency"`
	Into     string `json:"into"`
	From     Date   `json:"from"`
	PPM      int64  `json:"ppm"` // whole units for whole units: 1.0832 is 1_083_200
}

// ParseRate reads what one unit of a currency is worth in another, such as "1.0832", in parts per million.
func ParseRate(text string) (int64, error) {
	whole, fraction, _ := strings.Cut(strings.TrimSpace(text), ".")
	fraction = strings.TrimRight(fraction, "0")
	digits := whole + fraction
	if whole == "" || len(fraction) > 6 || len(whole) > 9 || strings.Trim(digits, "0123456789") != "" {
		return 0, Errorf(Invalid, "%q is no rate: write what one unit is worth, such as 1.0832, with at most six decimals", text)
	}
	ppm, err := strconv.ParseInt(digits+strings.Repeat("0", 6-len(fraction)), 10, 64)
	if err != nil || ppm == 0 {
		return 0, Errorf(Invalid, "%q is no rate: it must be above zero", text)
	}
	return ppm, nil
}
