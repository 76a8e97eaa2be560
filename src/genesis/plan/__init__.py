"""HTDAG: Objective -> Plan. Tasks, edges, decomposition, edits and replanning."""
