-- ARGV: head.
return with_leases({1})
