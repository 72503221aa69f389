// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/histogramticks.h"

#include "items/qtext.h"

#include <algorithm>
#include <cmath>

namespace ravel {

namespace {

// Ticks at whole decades of an axis that counts them: 0.001, 0.01, ...
class DecadeTicker : public QCPAxisTicker {
protected:
    double getTickStep(const QCPRange& range) override { return std::max(1.0, std::ceil(range.size() / 6)); }
    int getSubTickCount(double) override { return 0; }
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override
    {
        return locale.toString(std::pow(10, std::round(tick)), 'g', 3);
    }
};

// Zero, and powers of ten to both sides of it.
class SymlogTicker : public QCPAxisTicker {
public:
    explicit SymlogTicker(const BinSpec& spec)
        : m_spec(spec)
    {
    }

protected:
    int getSubTickCount(double) override { return 0; }
    QVector<double> createTickVector(double, const QCPRange& range) override
    {
        constexpr double mostTicks = 7;
        QVector<double> ticks;
        if (range.contains(0))
            ticks << 0;
        const double apart = range.size() / mostTicks;
        const int first = static_cast<int>(std::floor(std::log10(m_spec.linear)));
        double last = 0;
        for (int k = first; k < first + 40; ++k) {
            const double at = m_spec.place(std::pow(10, k));
            if (at > std::max(std::abs(range.lower), std::abs(range.upper)))
                break;
            if (at - last < apart)
                continue;
            last = at;
            for (const double tick : { -at, at })
                if (range.contains(tick))
                    ticks << tick;
        }
        std::sort(ticks.begin(), ticks.end());
        return ticks;
    }
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override { return locale.toString(m_spec.value(tick), 'g', 3); }

private:
    BinSpec m_spec;
};

// Whole counts, short: 1.2M.
class CountTicker : public QCPAxisTicker {
protected:
    double getTickStep(const QCPRange& range) override { return std::max(1.0, QCPAxisTicker::getTickStep(range)); }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override { return shortCountText(std::llround(tick)); }
};

class LogCountTicker : public QCPAxisTickerLog {
protected:
    QString getTickLabel(double tick, const QLocale&, QChar, int) override { return shortCountText(std::llround(tick)); }
};

// 0, 1, 10, 100, ... on an axis of log10(1 + n).
class SymlogCountTicker : public QCPAxisTicker {
protected:
    int getSubTickCount(double) override { return 0; }
    QVector<double> createTickVector(double, const QCPRange& range) override
    {
        QVector<double> ticks { 0 };
        for (int k = 0; k < 19 && std::log10(1 + std::pow(10, k)) <= range.upper; ++k)
            ticks << std::log10(1 + std::pow(10, k));
        return ticks;
    }
    QString getTickLabel(double tick, const QLocale&, QChar, int) override { return shortCountText(std::llround(std::pow(10, tick) - 1)); }
};

} // namespace

QSharedPointer<QCPAxisTicker> valueTicker(const BinSpec& spec)
{
    switch (spec.scale) {
    case BinScale::Log: return QSharedPointer<QCPAxisTicker>(new DecadeTicker);
    case BinScale::Symlog: return QSharedPointer<QCPAxisTicker>(new SymlogTicker(spec));
    default: return QSharedPointer<QCPAxisTicker>(new QCPAxisTicker);
    }
}

QSharedPointer<QCPAxisTicker> countTicker(CountScale scale)
{
    switch (scale) {
    case CountScale::Log: return QSharedPointer<QCPAxisTicker>(new LogCountTicker);
    case CountScale::Symlog: return QSharedPointer<QCPAxisTicker>(new SymlogCountTicker);
    default: return QSharedPointer<QCPAxisTicker>(new CountTicker);
    }
}

} // namespace ravel
