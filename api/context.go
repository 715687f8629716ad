package api

import "clamor"

// missing are questions for the aspects that a note does not tell.
func missing(told map[clamor.Aspect]bool) []string {
	var questions []string
	for _, a := range clamor.Aspects() {
		if !told[a] {
			questions = append(questions, question(a))
		}
	}
	return questions
}

func question(a clamor.Aspect) string {
	switch a {
	case clamor.UseCase:
		return "What do they want to do with it, and who on their side?"
	case clamor.Workaround:
		return "How do they get by today?"
	case clamor.Impact:
		return "What does it cost them: time, money, people, a renewal?"
	case clamor.Urgency:
		return "By when do they need it, and what happens then?"
	case clamor.Link:
		return "Where is the recording or the CRM record?"
	}
	return "Who asked for it, so that we may talk to them?"
}
