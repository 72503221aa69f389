// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/histogrambar.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>

#include "items/histogramloader.h"
#include "widgets/histogramview.h"
#include "widgets/togglebutton.h"

#include <cmath>

namespace ravel {

namespace {

constexpr double cuts[] = { HistogramRequest::typical, 0, 1, 5, 25, HistogramView::typed };

QString cutText(double cut)
{
    if (cut == HistogramRequest::typical)
        return HistogramView::tr("Typical values");
    if (cut == HistogramView::typed)
        return HistogramView::tr("Typed range");
    return cut == 0 ? HistogramView::tr("All values") : HistogramView::tr("%1 to %2 %").arg(cut).arg(100 - cut);
}

QComboBox* box(QWidget* parent, const QString& name, const QString& tip)
{
    auto* made = new QComboBox(parent);
    made->setAccessibleName(name);
    made->setToolTip(tip);
    made->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    made->setMinimumContentsLength(9);
    made->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    return made;
}

QToolButton* button(QWidget* parent, const QString& text, const QString& tip, bool checkable = true)
{
    QToolButton* made = checkable ? new ToggleButton(parent) : new QToolButton(parent);
    made->setText(text);
    made->setToolTip(tip);
    return made;
}

} // namespace

HistogramBar::HistogramBar(QWidget* parent)
    : QWidget(parent)
    , counts(box(this, tr("Scale of the counts"), tr("Scale of the counts")))
    , values(box(this, tr("Scale of the values"), tr("Scale of the values; log shows the positive ones only")))
    , range(box(this, tr("Range of values"), tr("Range of the horizontal axis, by percentile")))
    , low(new QLineEdit(this))
    , high(new QLineEdit(this))
    , keep(button(this, tr("Keep"), tr("Keep what is shown, and draw it over what is selected next, for comparison")))
    , ridge(button(this, tr("Ridge"), tr("Each part of the selection in a row of its own; select several in the tree, or a glob such as *.weight")))
    , statistics(button(this, tr("Statistics"), tr("Statistics beside the histogram")))
    , copy(button(this, tr("Copy"), tr("Copy the statistics, as text with tabs"), false))
{
    counts->addItem(tr("n linear"), static_cast<int>(CountScale::Linear));
    counts->addItem(tr("n log"), static_cast<int>(CountScale::Log));
    counts->addItem(tr("n symlog"), static_cast<int>(CountScale::Symlog));
    values->addItem(tr("x linear"), static_cast<int>(BinScale::Linear));
    values->addItem(tr("x log"), static_cast<int>(BinScale::Log));
    values->addItem(tr("x symlog"), static_cast<int>(BinScale::Symlog));
    for (const double cut : cuts)
        range->addItem(cutText(cut), cut);
    low->setAccessibleName(tr("Lowest value shown"));
    high->setAccessibleName(tr("Highest value shown"));
    auto* scales = new QHBoxLayout;
    scales->setSpacing(4);
    for (QWidget* each : std::initializer_list<QWidget*> { counts, values, range })
        scales->addWidget(each);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(4);
    for (QWidget* each : std::initializer_list<QWidget*> { keep, ridge, statistics, copy })
        buttons->addWidget(each);
    buttons->addStretch(1);
    for (QLineEdit* each : { low, high }) {
        each->setToolTip(each->accessibleName());
        each->setMaximumWidth(each->fontMetrics().horizontalAdvance(QStringLiteral("-0.0000000")) + 16);
        buttons->addWidget(each);
        connect(each, &QLineEdit::editingFinished, this, &HistogramBar::takeTyped);
    }
    hideTyped();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addLayout(scales);
    column->addLayout(buttons);
}

void HistogramBar::showTyped(std::pair<double, double> now)
{
    low->setText(QLocale().toString(now.first, 'g', 6));
    high->setText(QLocale().toString(now.second, 'g', 6));
    low->show();
    high->show();
}

void HistogramBar::hideTyped()
{
    low->hide();
    high->hide();
}

void HistogramBar::takeTyped()
{
    if (!low->isModified() && !high->isModified())
        return;
    low->setModified(false);
    high->setModified(false);
    bool lowIs = false, highIs = false;
    const double from = QLocale().toDouble(low->text(), &lowIs), to = QLocale().toDouble(high->text(), &highIs);
    if (lowIs && highIs && std::isfinite(from) && std::isfinite(to) && from < to)
        Q_EMIT rangeTyped(from, to);
}

} // namespace ravel
