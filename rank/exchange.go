package rank

import (
	"clamor"
)

// exchange converts amounts into the list's currency by the newest rate of a day.
type exchange struct {
	into  string
	rates map[string]clamor.Rate
}

func newExchange(into string, day clamor.Date, rates []clamor.Rate) *exchange {
	return &exchange{into, ratesOn(into, day, rates)}
}

// ratesOn keeps of each currency the newest rate up to the day; of two of one day the higher.
func ratesOn(into string, day clamor.Date, rates []clamor.Rate) map[string]clamor.Rate {
	newest := make(map[string]clamor.Rate)
	for _, r := range rates {
		if r.Into != into || r.From > day || r.PPM <= 0 {
			continue
		}
		if old, ok := newest[r.Currency]; !ok || r.From > old.From || r.From == old.From && r.PPM > old.PPM {
			newest[r.Currency] = r
		}
	}
	return newest
}

// convert reports false where there is no rate. An amount that no account can have is an error, not a number.
func (x *exchange) convert(m clamor.Money) (int64, bool, error) {
	if m.Minor < 0 || m.Minor > clamor.MaxMinor {
		return 0, false, clamor.Errorf(clamor.Invalid, "the amount %d %s is out of range: amounts are minor units, 0 to %d",
			m.Minor, m.Currency, int64(clamor.MaxMinor))
	}
	if m.Currency == x.into {
		return m.Minor, true, nil
	}
	rate, known := x.rates[m.Currency]
	if !known {
		return 0, false, nil
	}
	// Minor units of one currency may be hundredths, of the other whole units or thousandths.
	from, into := minorUnits(m.Currency), minorUnits(x.into)
	price, fits := mulDiv(rate.PPM, into, from)
	if from > into { // dividing last keeps the digits
		price, fits = rate.PPM, true
	}
	minor := int64(0)
	if fits {
		divisor := int64(ppm)
		if from > into {
			divisor = ppm * (from / into)
		}
		minor, fits = mulDiv(m.Minor, price, divisor)
	}
	if !fits || minor > clamor.MaxMinor {
		return 0, false, clamor.Errorf(clamor.Invalid, "%s is more than any account pays when converted into %s: check the rate of %s from %s",
			m, x.into, m.Currency, rate.From)
	}
	return minor, true, nil
}

// minorUnits is how many minor units make a whole one: a power of ten.
func minorUnits(currency string) int64 {
	one, err := clamor.ParseMoney("1", currency)
	if err != nil {
		return 100
	}
	return one.Minor
}
