"""An independent traction pack: half cells, ageing, an imperfect BMS, people who charge it.

It shares no formula, parameter or file with the estimators that are judged on it. Built so that
deeper simulators extend it: each file is one replaceable part.

    half_cells -> ageing -> pack -> bms -> life -> recording        habits, climate -> days
"""
