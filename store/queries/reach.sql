-- name: set_reach
-- Whose eyes this transaction has.
SELECT set_config('vigil.tenant', %(tenant)s, true), set_config('vigil.reach', %(kind)s, true),
       set_config('vigil.person', %(person)s, true), set_config('vigil.centre', %(centre)s, true)
