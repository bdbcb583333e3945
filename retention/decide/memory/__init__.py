"""What deciding remembers of a customer: the standing decision, contacts, results, wishes and open outcomes."""
