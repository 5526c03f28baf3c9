"""What runs inside a step's process.

It imports nothing of the package but itself, because parts of it travel to clusters where the
package is not installed.
"""
