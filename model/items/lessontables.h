// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include "base/job.h"
#include "items/lesson.h"
#include "items/torchchain.h"

#include <functional>
#include <map>
#include <utility>

namespace ravel {

// One of several questions whose answers are few. What is right, and its words, come from LibTorch or from the program's own code.
struct LessonQuestion {
    QString call;            // "t.view(-1)", "A gap between two tensors"
    QString detail;          // what it does, or changes; may be empty
    QStringList choices;
    int guess = -1;          // the last one
    int right = -1;          // of the choices, as soon as it is known
    QString words;           // of the answer
    bool shown = false;      // the answer was asked for
    bool possible = true;    // else the words say why it cannot be asked of this tensor
    bool code = false;       // the call is Python

    Guess state() const;
    bool open() const { return possible && (state() == Guess::None || state() == Guess::Wrong); }
};

// A step that is a table of such questions.
class TableTask : public LessonTask {
    Q_OBJECT
public:
    explicit TableTask(Lesson&);
    ~TableTask() override;
    virtual std::vector<LessonQuestion>& questions() = 0;
    void guess(int question, int choice);
    void reveal() override;
    void another() override;                  // all questions of it are open again
    QString trouble() const { return m_trouble; } // why nobody answers
    // While somebody may still answer.
    bool asking() const { return m_asking.has_value(); }

protected:
    virtual bool solved() = 0;                // every question that it takes to complete the step
    void answered();                          // answers have come: a guess may be right now
    void askTorch(const std::vector<TorchChain>&, std::function<void(const std::vector<ViewAnswer>&)> done);
    void cancelAsking();

    QString m_trouble;
    std::optional<Job> m_asking;
};

// A transposed tensor is not contiguous: what do view, reshape and contiguous make of it?
class ContiguityTask final : public TableTask {
    Q_OBJECT
public:
    using TableTask::TableTask;
    QString title() const override;
    QString words() const override;
    LessonScene scene() const override;
    void restart() override;
    void enter() override;
    void setDims(int a, int b);              // the two that are exchanged
    std::pair<int, int> dims() const { return m_dims; }
    bool setTarget(const QString& shape);    // of view and reshape; false where it is no list of sizes
    QString target() const;
    std::vector<LessonQuestion>& questions() override { return m_questions; }
    std::vector<std::int64_t> shape() const; // of the transposed tensor
    std::vector<std::int64_t> stride() const;
    std::optional<bool> contiguous() const { return m_contiguous; } // is_contiguous(), as LibTorch has it

private:
    bool solved() override;
    void ask();
    std::pair<int, int> m_dims { 0, 0 };
    std::vector<std::int64_t> m_target { -1 };
    std::optional<bool> m_contiguous;
    std::vector<LessonQuestion> m_questions;
};

// Code that is tried on a batch of one alone works by accident.
class BatchTask final : public TableTask {
    Q_OBJECT
public:
    static constexpr int most = 4;           // in a batch
    using TableTask::TableTask;
    QString title() const override;
    QString words() const override;
    LessonScene scene() const override;
    void restart() override;
    void enter() override;
    void reveal() override;
    void setBatch(int);
    int largest() const;                     // batch that is offered
    int batch() const { return m_batch; }
    std::vector<std::int64_t> shape() const; // of the batch
    std::vector<LessonQuestion>& questions() override { return m_questions[m_batch]; }
    QString why() const;                     // why it is a trap; empty until it has been seen with one and with more

private:
    bool solved() override;
    void ask();
    int m_batch = 1;
    std::map<int, std::vector<LessonQuestion>> m_questions;
};

// Each way in which a wrong template fails, or does not.
class TemplateTask final : public TableTask {
    Q_OBJECT
public:
    using TableTask::TableTask;
    QString title() const override;
    QString words() const override;
    void restart() override;
    void enter() override;
    std::vector<LessonQuestion>& questions() override { return m_questions; }

private:
    bool solved() override;
    void ask();
    bool m_stale = true;
    std::vector<LessonQuestion> m_questions;
};

} // namespace ravel
