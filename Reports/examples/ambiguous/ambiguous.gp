# gnuplot ambiguous.gp   makes ambiguous.svg, ambiguous.png from ambiguous.csv
set encoding utf8
set datafile separator ','
set key outside top center horizontal noenhanced samplen 2 font ',11'
set border 3
set tics nomirror
set grid ytics linecolor rgb '#dddddd' linewidth 1
set linetype 1 linecolor rgb '#0072B2' linewidth 2
set linetype 2 linecolor rgb '#D55E00' linewidth 2
set linetype 3 linecolor rgb '#009E73' linewidth 2
set linetype 4 linecolor rgb '#CC79A7' linewidth 2
set linetype 5 linecolor rgb '#E69F00' linewidth 2
set linetype 6 linecolor rgb '#56B4E9' linewidth 2
set linetype 7 linecolor rgb '#000000' linewidth 2
set terminal svg size 640,400 font 'Helvetica,12' background '#ffffff'
set output 'ambiguous.svg'
set title 'cifar10-resnet8-natural.h5 (bf9f69ac)'."\n".'cifar10, 500 images, clean' noenhanced font ',9'
set xlabel 'temperature'
set ylabel 'images between classes (%)'
set logscale x
set xtics (1.0, 2.0, 5.0, 10.0, 20.0)
set xrange [0.9:22.0]
set yrange [0:100]
set key off
plot 'ambiguous.csv' every ::1 using 1:(100*$2) with linespoints linetype 1 pointtype 7
set terminal pngcairo size 1280,800 font 'Helvetica,12' fontscale 2 linewidth 2 pointscale 2
set output 'ambiguous.png'
replot
set output
