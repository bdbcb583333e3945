"""Memory of deciding about a customer: the standing decision, contacts, results, wishes and open outcomes."""
