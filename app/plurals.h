// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTranslator>

namespace ravel {

// English plurals of the texts in the source: "%n tensor(s)" becomes "%n tensor" for one and "%n tensors" else.
class Plurals : public QTranslator {
    Q_OBJECT
public:
    using QTranslator::QTranslator;
    bool isEmpty() const override { return false; }
    QString translate(const char* context, const char* text, const char* disambiguation, int n) const override;
};

} // namespace ravel
