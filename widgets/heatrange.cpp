// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/heatrange.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QSignalBlocker>

#include "items/qtext.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

constexpr double cuts[] = { 0, 0.1, 1, 5, HeatRange::typed };

QLineEdit* edit(QWidget* parent, const QString& name)
{
    auto* made = new QLineEdit(parent);
    made->setAccessibleName(name);
    made->setToolTip(name);
    made->setFixedWidth(made->fontMetrics().horizontalAdvance(QStringLiteral("-0.000000")) + 14);
    made->setAlignment(Qt::AlignRight);
    return made;
}

} // namespace

HeatRange::HeatRange(QWidget* parent)
    : QWidget(parent)
    , m_cut(new QComboBox(this))
    , m_symmetric(new QCheckBox(tr("±"), this))
    , m_low(edit(this, tr("Lowest value of the colours")))
    , m_high(edit(this, tr("Highest value of the colours")))
{
    for (const double cut : cuts)
        m_cut->addItem(cut == typed ? tr("Typed") : cut == 0 ? tr("Full range") : tr("%1–%2 %").arg(QLocale().toString(cut)).arg(QLocale().toString(100 - cut)), cut);
    m_cut->setAccessibleName(tr("Range of the colours"));
    m_cut->setToolTip(tr("Which values the colours span: all, or those between two percentiles of the picture"));
    m_symmetric->setAccessibleName(tr("Symmetric range"));
    m_symmetric->setToolTip(tr("Symmetric about zero: as far below as above"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    row->addWidget(m_cut);
    row->addWidget(m_symmetric);
    row->addWidget(m_low);
    m_to = new QLabel(tr("to"), this);
    row->addWidget(m_to);
    row->addWidget(m_high);
    connect(m_cut, &QComboBox::currentIndexChanged, this, [this] {
        showFields();
        Q_EMIT changed();
    });
    connect(m_symmetric, &QCheckBox::toggled, this, [this](bool on) {
        if (!m_diverging)
            m_wish = on;
        Q_EMIT changed();
    });
    for (QLineEdit* each : { m_low, m_high })
        connect(each, &QLineEdit::editingFinished, this, &HeatRange::takeTyped);
}

double HeatRange::cut() const { return m_cut->currentData().toDouble(); }
bool HeatRange::symmetric() const { return m_symmetric->isChecked(); }

void HeatRange::setCut(double percent)
{
    if (const int i = m_cut->findData(percent); i >= 0)
        m_cut->setCurrentIndex(i);
}

void HeatRange::setSymmetric(bool on)
{
    if (!m_diverging)
        m_symmetric->setChecked(on);
}

void HeatRange::setCompact(bool compact)
{
    m_compact = compact;
    showFields();
}

void HeatRange::showFields()
{
    for (QWidget* each : std::initializer_list<QWidget*> { m_low, m_to, m_high })
        each->setVisible(!m_compact || cut() == typed);
}

void HeatRange::setDiverging(bool on)
{
    m_diverging = on;
    const QSignalBlocker quiet(m_symmetric);
    m_symmetric->setChecked(on || m_wish);
    m_symmetric->setEnabled(!on);
}

void HeatRange::type(double low, double high)
{
    m_typed = { low, high };
    {
        const QSignalBlocker quiet(m_cut);
        setCut(typed);
    }
    showFields();
    Q_EMIT changed();
}

void HeatRange::takeTyped()
{
    if (!m_low->isModified() && !m_high->isModified())
        return;
    bool lowIs = false, highIs = false;
    const double low = QLocale().toDouble(m_low->text(), &lowIs), high = QLocale().toDouble(m_high->text(), &highIs);
    m_low->setModified(false);
    m_high->setModified(false);
    if (lowIs && highIs && std::isfinite(low) && std::isfinite(high) && low < high)
        type(low, high);
    else
        Q_EMIT changed(); // shows again what holds
}

std::pair<double, double> HeatRange::of(const HeatPicture& picture)
{
    double low = picture.min, high = picture.max;
    if (cut() == typed) {
        std::tie(low, high) = m_typed;
    } else if (!(low <= high)) {
        low = 0, high = 1;
    } else if (cut() > 0 && picture.sketch.count() > 0) {
        low = std::clamp(picture.sketch.quantile(cut() / 100), picture.min, picture.max);
        high = std::clamp(picture.sketch.quantile(1 - cut() / 100), picture.min, picture.max);
        if (!(low < high)) // most numbers are one: a range of nothing shows nothing
            low = picture.min, high = picture.max;
    }
    if (symmetric()) {
        high = std::max(std::abs(low), std::abs(high));
        low = -high;
    }
    for (const auto& [edit, value] : { std::pair(m_low, low), std::pair(m_high, high) })
        if (!edit->isModified())
            edit->setText(QLocale().toString(value, 'g', 5));
    return { low, high };
}

} // namespace ravel
