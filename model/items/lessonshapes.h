// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "items/lesson.h"
#include "items/torchchain.h"
#include "layout/walk.h"

#include "base/job.h"

namespace ravel {

// A step with one question that is answered by typing.
class TypedTask : public LessonTask {
    Q_OBJECT
public:
    using LessonTask::LessonTask;
    Guess state() const { return m_state; }
    QString answer() const { return m_answer; } // to the last guess

protected:
    bool known() const { return m_state == Guess::Right || m_state == Guess::Shown; }

    Guess m_state = Guess::None;
    QString m_answer;
};

// One about the element: it is lit once the answer is known.
class ElementTask : public TypedTask {
    Q_OBJECT
public:
    using TypedTask::TypedTask;
    void renew() override;
    void reveal() override;
    void another() override;
    bool asksNow() const override { return !known(); }

protected:
    void right(); // the guess was
};

// From an index to its place: what is the sum of coordinate times stride?
class IndexTask final : public ElementTask {
    Q_OBJECT
public:
    using ElementTask::ElementTask;
    QString title() const override;
    QString words() const override;
    LessonScene scene() const override;
    // Of the place in the tensor's run; its place in the whole flat vector is right, too.
    void guess(const QString&);
    std::vector<WalkTerm> terms() const;
};

// flatten(start_dim, end_dim): what shape comes of it?
class FlattenTask final : public TypedTask {
    Q_OBJECT
public:
    using TypedTask::TypedTask;
    ~FlattenTask() override;
    QString title() const override;
    QString words() const override;
    LessonScene scene() const override;
    void restart() override;
    void enter() override;
    void reveal() override;
    void another() override;
    void setDims(int start, int end);    // as the sliders stand; the start may be behind the end, which torch refuses
    int start() const { return m_start; }
    int end() const { return m_end; }
    void guess(const QString& shape);
    bool possible() const { return m_start <= m_end; }
    std::vector<std::int64_t> after() const;   // possible() alone
    std::vector<std::int64_t> indexAfter() const;
    QString torch() const { return m_torch; }  // what LibTorch says of it; empty until it has

private:
    void ask();
    int m_start = 0, m_end = 0;
    QString m_torch;
    std::optional<Job> m_asking;
};

// What a template says of a tensor: all that the walk backwards needs.
struct TemplateLine {
    QString name;
    FlatIndex offset;
    std::vector<std::int64_t> shape;
    bool own = false; // of the subject
};

// The same walk backwards: which index stands at a place?
class UnflattenTask final : public ElementTask {
    Q_OBJECT
public:
    using ElementTask::ElementTask;
    QString title() const override;
    QString words() const override;
    LessonScene scene() const override;
    void guess(const QString& index);
    std::vector<WalkDivision> divisions() const;
    std::vector<TemplateLine> lines() const; // of the subject and of its neighbours in the vector; none where it has no place there
};

// LibTorch's answer as a line: its own words where it refused; else shape, stride and whether anything was copied.
QString torchLine(const ViewAnswer&);

} // namespace ravel
