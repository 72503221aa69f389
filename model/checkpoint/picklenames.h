// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "checkpoint/pickle.h"

namespace ravel {

// What Python's repr() says of a float, in its own spelling: "1.0", "1e-05", "inf".
std::string pythonFloat(double);
// repr() of a str, given as UTF-8, and of bytes.
std::string pythonString(std::string_view);
std::string pythonBytes(std::string_view);

// repr() of a scalar or of tuples, lists and sets of scalars, as bytes; "<module.Class>" for an object. Never longer than
// a few thousand bytes (strings are cut): what is nested deeper or goes on longer ends in "...".
std::string pythonRepr(const Pickle&, std::uint32_t node);

// A dict's key as a step of a path: str() of it.
PathKey pathKeyOf(const Pickle&, std::uint32_t node);

// "module.Class.MEMBER" where a call is getattr(Class, 'MEMBER'), as Python 3.11 pickles the members of an enumeration;
// empty where it is not, or where the name starts with an underscore.
std::string enumMember(const Pickle&, std::uint32_t call);

// The class or function that a Call node applies, "module.name": what copyreg's helpers are asked for rather than they
// themselves; for a callable that is a result, "the result of" what made it.
std::string callableName(const Pickle&, std::uint32_t call);
// The name of a Global; that of torch's persistent ('module', class, ...); empty for all else.
std::string_view globalName(const Pickle&, std::uint32_t node);
// The positional arguments of a Call; none where they are no tuple.
std::span<const std::uint32_t> argumentsOf(const Pickle&, std::uint32_t call);

// Nothing where the node is not an integer of 64 bits; a bool is none.
std::optional<std::int64_t> integerOf(const Pickle&, std::uint32_t node);
bool isTrue(const Pickle&, std::uint32_t node);

} // namespace ravel
