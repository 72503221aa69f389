// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "base/job.h"
#include "document/matching.h"

#include <optional>

class QComboBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace ravel {

class Comparison;
class Session;

// How tensors of two checkpoints are matched: by name through rules, one a line, or by order. Says as one types how many that would match.
class MatchBox : public QWidget {
    Q_OBJECT
public:
    MatchBox(Session&, Comparison&, QWidget* parent = nullptr);

    QPlainTextEdit* rules() const { return m_rules; }
    QComboBox* by() const { return m_by; }
    QString preview() const; // "148 of 148 tensors match"
    bool canUse() const;

public Q_SLOTS:
    void use();
    void refill(); // as the comparison has it

private:
    void changed();
    void tell(const Matching&);
    Result<MatchSpec> spec() const;

    Session& m_session;
    Comparison& m_comparison;
    QComboBox* m_by;
    QPlainTextEdit* m_rules;
    QLabel *m_preview, *m_help;
    QPushButton* m_use;
    std::optional<Job> m_job;
    bool m_filling = false;
};

} // namespace ravel
