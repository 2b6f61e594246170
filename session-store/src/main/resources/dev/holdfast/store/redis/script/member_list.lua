-- ARGV: head. Answers 1, the time, then all leases, each with its end.
return with_leases({1})
