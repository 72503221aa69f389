// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/plurals.h"

#include <cstring>

using namespace Qt::StringLiterals;

namespace ravel {

QString Plurals::translate(const char*, const char* text, const char*, int n) const
{
    if (n < 0 || !text || !std::strstr(text, "(s)"))
        return {}; // as it stands
    return QString::fromUtf8(text).replace(u"(s)"_s, n == 1 ? QString() : u"s"_s);
}

} // namespace ravel
